-- Got a campaign in the last 45 days and has redeemed a coupon since.
SELECT household FROM newest_mailing m
WHERE age < days(45) AND EXISTS (SELECT 1 FROM redemptions r WHERE r.household = m.household AND r.t >= m.t);
