-- They came back twice within four weeks of the first trip, and those four weeks are over.
WITH beginning AS (SELECT household, min(t) AS first_t, max(age) AS first_age FROM trips GROUP BY household)
SELECT household FROM trips JOIN beginning USING (household)
WHERE first_age >= days(28) AND t <= first_t + days(28)
GROUP BY household HAVING count(*) >= 3;
