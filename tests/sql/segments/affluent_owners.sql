-- Own their home, and earn 100,000 or more.
SELECT household FROM survey
WHERE home_ownership = 'Homeowner'
  AND income IN ('100-124K', '125-149K', '150-174K', '175-199K', '200-249K', '250K+');
