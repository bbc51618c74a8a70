-- Twelve or more different categories in 60 days; unknown counts as one.
SELECT household FROM lines WHERE age < days(60) GROUP BY household HAVING count(DISTINCT category) >= 12;
