-- Active (two trips in 30 days), but never answered the survey's question of age.
SELECT household FROM trips WHERE age < days(30) GROUP BY household HAVING count(*) >= 2
EXCEPT
SELECT household FROM survey WHERE age IS NOT NULL;
