-- At least one basket of the last 60 days was worth 15 dollars or more.
SELECT DISTINCT household FROM trips WHERE age < days(60) AND total >= 1500;
