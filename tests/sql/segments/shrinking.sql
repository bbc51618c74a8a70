-- Spent less than half of what they spent in the 60 days before, from a base of 20 dollars.
SELECT household FROM spending WHERE earlier_60 >= 2000 AND 2 * last_60 < earlier_60;
