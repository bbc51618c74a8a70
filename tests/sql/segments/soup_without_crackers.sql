-- Buys soup (in 60 days), but no crackers to go with it.
SELECT household FROM lines WHERE age < days(60) AND category = 'SOUP'
EXCEPT
SELECT household FROM lines WHERE age < days(60) AND category = 'CRACKERS/MISC BKD FD';
