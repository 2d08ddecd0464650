-- Whole weeks waited, as the RTT return counts them: 0 to 7 days are band 0 (eight days), 7n+1 to 7n+7 are band n,
-- 729 days and more are band 104. Null when a date is missing or the wait has not begun.
case
  when {{ to }} >= {{ since }}
  then least(104, greatest(0, (date_diff('day', {{ since }}, {{ to }}) - 1) // 7))::utinyint
end
