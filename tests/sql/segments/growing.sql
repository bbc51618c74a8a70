-- Spent half as much again in the last 60 days as in the 60 days before, from a base of 20 dollars.
SELECT household FROM spending WHERE earlier_60 >= 2000 AND 2 * last_60 >= 3 * earlier_60;
