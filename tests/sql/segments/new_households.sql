-- Their first trip ever was in the last 30 days.
SELECT household FROM trips GROUP BY household HAVING max(age) < days(30);
