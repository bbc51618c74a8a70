-- The newest line, of the last 7 days, was a party's: beer, wine, soft drinks or snacks.
SELECT household FROM (
  SELECT household, age, category, row_number() OVER (PARTITION BY household ORDER BY t DESC, n DESC) AS place FROM lines)
WHERE place = 1 AND age < days(7)
  AND (instr(category, 'BEERS') OR instr(category, 'WINE') OR instr(category, 'SOFT DRINKS') OR instr(category, 'SNACKS'));
