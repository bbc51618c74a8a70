-- An average trip of over eight dollars in the last 90 days, over three trips or more.
SELECT household FROM trips WHERE age < days(90) GROUP BY household
HAVING count(*) >= 3 AND sum(total) > 800 * count(*);
