-- Visited at least four different shops in half a year (180 days).
SELECT household FROM trips WHERE age < days(180) GROUP BY household HAVING count(DISTINCT store) >= 4;
