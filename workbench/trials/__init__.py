"""Plan a trial on the plant: blocks, washout, power, cost, schedule; and the next small step."""
