-- Back in the last 14 days after at least 60 days away.
SELECT household FROM trips GROUP BY household
HAVING min(age) < days(14)
   AND sum(age >= days(14) AND age < days(74)) = 0
   AND max(age) >= days(74);
