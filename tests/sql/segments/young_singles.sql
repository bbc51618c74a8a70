-- Under 35 and alone.
SELECT household FROM survey WHERE age IN ('19-24', '25-34') AND household_size = '1';
