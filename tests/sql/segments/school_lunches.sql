-- Children, and two or more lines of cereal, lunch meat or tinned fruit in 60 days.
SELECT household FROM lines l JOIN survey s USING (household)
WHERE s.kids_count IN ('1', '2', '3+') AND l.age < days(60)
  AND category IN ('COLD CEREAL', 'LUNCHMEAT', 'FRUIT - SHELF STABLE')
GROUP BY household HAVING count(*) >= 2;
