-- Of eight or more lines in the last 90 days, at least three in ten were fresh.
SELECT household FROM lines WHERE age < days(90) GROUP BY household
HAVING count(*) >= 8 AND 10 * sum(department IN ('PRODUCE', 'SEAFOOD', 'MEAT', 'SALAD BAR')) >= 3 * count(*);
