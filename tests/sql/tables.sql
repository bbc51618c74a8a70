-- The shipped facts as they are. Times are milliseconds since 1970, money is cents, n is the number of the
-- row in the file: among facts of the same instant the greater n is the later one.
CREATE TABLE all_lines (household TEXT, t INT, n INT, basket TEXT, product TEXT, department TEXT, category TEXT,
                        brand TEXT, quantity INT, amount INT, saved INT);
CREATE TABLE all_trips (household TEXT, t INT, n INT, basket TEXT, store TEXT, lines INT, total INT);
CREATE TABLE all_mailings (household TEXT, t INT, n INT, campaign TEXT, kind TEXT, ends_on TEXT);
CREATE TABLE all_redemptions (household TEXT, t INT, n INT, coupon TEXT, campaign TEXT);
CREATE TABLE survey (household TEXT, age TEXT, income TEXT, home_ownership TEXT, marital_status TEXT,
                     household_size TEXT, kids_count TEXT);
CREATE INDEX lines_of ON all_lines (household, t);
CREATE INDEX trips_of ON all_trips (household, t);
CREATE INDEX mailings_of ON all_mailings (household, t);
CREATE INDEX redemptions_of ON all_redemptions (household, t);

-- The one row is the instant of the question, and the local date of it.
CREATE TABLE question (asked INT, today TEXT);

-- What is visible at T. `age` is T - t: "in the last D" is age < days(D), because T - D < t <= T.
CREATE VIEW lines AS SELECT *, asked - t AS age FROM all_lines, question WHERE t <= asked;
CREATE VIEW trips AS SELECT *, asked - t AS age FROM all_trips, question WHERE t <= asked;
CREATE VIEW mailings AS SELECT *, asked - t AS age FROM all_mailings, question WHERE t <= asked;
CREATE VIEW redemptions AS SELECT *, asked - t AS age FROM all_redemptions, question WHERE t <= asked;
-- The newest mailing of each household.
CREATE VIEW newest_mailing AS
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY household ORDER BY t DESC, n DESC) AS place FROM mailings)
  WHERE place = 1;
-- Spending of lines by period, in cents; 0 where there was none.
CREATE VIEW spending AS
  SELECT household,
         sum(CASE WHEN age < days(90) THEN amount ELSE 0 END) AS last_90,
         sum(CASE WHEN age < days(60) THEN amount ELSE 0 END) AS last_60,
         sum(CASE WHEN age >= days(60) AND age < days(120) THEN amount ELSE 0 END) AS earlier_60
  FROM lines GROUP BY household;
