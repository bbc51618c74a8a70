-- Shopped on eight or more different days of the last 90, and still active (two trips in the last 30).
SELECT household FROM trips WHERE age < days(90) GROUP BY household
HAVING count(DISTINCT local_date(t)) >= 8 AND count(CASE WHEN age < days(30) THEN 1 END) >= 2;
