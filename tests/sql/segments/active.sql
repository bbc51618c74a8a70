-- At least two trips in the last 30 days.
SELECT household FROM trips WHERE age < days(30) GROUP BY household HAVING count(*) >= 2;
