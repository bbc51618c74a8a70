-- Spent 60 dollars or more in the last 90 days.
SELECT household FROM spending WHERE last_90 >= 6000;
