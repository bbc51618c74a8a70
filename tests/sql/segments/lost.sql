-- Bought something once, but nothing in the last six months by the calendar.
SELECT household FROM trips GROUP BY household HAVING plus_months(max(t), 6) <= max(asked);
