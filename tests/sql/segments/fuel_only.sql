-- Filled up in the last 60 days, but bought no fruit or vegetables.
SELECT household FROM lines WHERE age < days(60) AND department = 'FUEL'
EXCEPT
SELECT household FROM lines WHERE age < days(60) AND department = 'PRODUCE';
