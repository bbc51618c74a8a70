-- Cat food in the last 90 days, and never anything for a dog.
SELECT household FROM lines WHERE age < days(90) AND substr(category, 1, 4) = 'CAT '
EXCEPT
SELECT household FROM lines WHERE substr(category, 1, 4) = 'DOG ';
