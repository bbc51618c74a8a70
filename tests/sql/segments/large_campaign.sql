-- The newest campaign was of the large kind (A), and came in the last 60 days.
SELECT household FROM newest_mailing WHERE kind = 'A' AND age < days(60);
