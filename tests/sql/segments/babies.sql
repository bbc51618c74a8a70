-- Two or more things for a baby in the last 90 days.
SELECT household FROM lines
WHERE age < days(90) AND category IN ('BABY FOODS', 'INFANT FORMULA', 'DIAPERS & DISPOSABLES')
GROUP BY household HAVING count(*) >= 2;
