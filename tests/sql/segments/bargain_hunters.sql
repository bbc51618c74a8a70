-- Saved at least a quarter of the shelf price (paid + saved) over the last 90 days, on ten dollars or more.
SELECT household FROM lines WHERE age < days(90) GROUP BY household
HAVING sum(amount) >= 1000 AND 4 * sum(saved) >= sum(amount) + sum(saved);
