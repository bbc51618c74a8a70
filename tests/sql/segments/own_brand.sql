-- Of eight or more lines in the last 90 days, at least half were the shop's own brand.
SELECT household FROM lines WHERE age < days(90) GROUP BY household
HAVING count(*) >= 8 AND 2 * sum(brand = 'Private') >= count(*);
