-- Shops actively (two trips in 30 days) but never got a campaign.
SELECT household FROM trips WHERE age < days(30) GROUP BY household HAVING count(*) >= 2
EXCEPT
SELECT household FROM mailings;
