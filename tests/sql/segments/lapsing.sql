-- Came at least three times in the 90 days before the last 30, and not once in the last 30.
SELECT household FROM trips WHERE age < days(120) GROUP BY household
HAVING count(CASE WHEN age >= days(30) THEN 1 END) >= 3 AND min(age) >= days(30);
