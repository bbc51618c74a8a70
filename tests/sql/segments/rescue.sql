-- Slipping away (lapsing or shrinking), with a basket of 10 dollars in the last 120 days; not while tired of mail.
WITH lapsing AS (
  SELECT household FROM trips WHERE age < days(120) GROUP BY household
  HAVING sum(age >= days(30)) >= 3 AND min(age) >= days(30)),
shrinking AS (SELECT household FROM spending WHERE earlier_60 >= 2000 AND 2 * last_60 < earlier_60),
tired AS (
  SELECT household FROM mailings WHERE age < days(120)
    AND household NOT IN (SELECT household FROM redemptions WHERE age < days(120))
  GROUP BY household HAVING count(*) >= 4)
SELECT DISTINCT household FROM trips
WHERE age < days(120) AND total >= 1000
  AND (household IN lapsing OR household IN shrinking) AND household NOT IN tired;
