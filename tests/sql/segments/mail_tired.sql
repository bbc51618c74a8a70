-- Four or more campaigns in 120 days without a single coupon redeemed.
SELECT household FROM mailings WHERE age < days(120) GROUP BY household HAVING count(*) >= 4
EXCEPT
SELECT household FROM redemptions WHERE age < days(120);
