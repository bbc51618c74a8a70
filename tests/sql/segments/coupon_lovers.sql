-- Three or more coupons redeemed in the last 180 days.
SELECT household FROM redemptions WHERE age < days(180) GROUP BY household HAVING count(*) >= 3;
