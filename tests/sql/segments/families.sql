-- One child or more.
SELECT household FROM survey WHERE kids_count IN ('1', '2', '3+');
