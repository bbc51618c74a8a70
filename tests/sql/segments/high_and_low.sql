-- The dearest line of the last 30 days cost ten dollars or more, the cheapest that was not free under one.
SELECT household FROM lines WHERE age < days(30) GROUP BY household
HAVING max(amount) >= 1000 AND min(CASE WHEN amount > 0 THEN amount END) < 100;
