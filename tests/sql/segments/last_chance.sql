-- The newest campaign ends within a week (after today, 7 dates ahead at most), and nothing was redeemed.
SELECT household FROM newest_mailing m
WHERE ends_on > today AND ends_on <= date(today, '+7 days') AND age < days(45)
  AND NOT EXISTS (SELECT 1 FROM redemptions r WHERE r.household = m.household AND r.t >= m.t);
