-- A single trip, more than 30 days ago.
SELECT household FROM trips GROUP BY household HAVING count(*) = 1 AND min(age) >= days(30);
