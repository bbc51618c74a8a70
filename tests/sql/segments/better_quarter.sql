-- Spent more since the first of the last February, May, August or November than in the three months before it, and
-- at least 20 dollars in these. Quarters are counted: in which of them a date lies, and today.
WITH counted AS (
  SELECT household, amount,
         (CAST(strftime('%Y', today) AS INT) * 12 + CAST(strftime('%m', today) AS INT) - 2) / 3
         - (CAST(strftime('%Y', local_date(t)) AS INT) * 12 + CAST(strftime('%m', local_date(t)) AS INT) - 2) / 3 AS ago
  FROM lines)
SELECT household FROM counted GROUP BY household
HAVING sum(CASE WHEN ago = 1 THEN amount ELSE 0 END) >= 2000
   AND sum(CASE WHEN ago = 0 THEN amount ELSE 0 END) > sum(CASE WHEN ago = 1 THEN amount ELSE 0 END);
