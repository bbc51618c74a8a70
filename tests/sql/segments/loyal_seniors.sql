-- Loyal (eight shopping days in 90, two trips in 30), 55 or older.
SELECT household FROM trips WHERE age < days(90)
  AND household IN (SELECT household FROM survey WHERE age IN ('55-64', '65+'))
GROUP BY household
HAVING count(DISTINCT local_date(t)) >= 8 AND count(CASE WHEN age < days(30) THEN 1 END) >= 2;
