-- KEYS: answer, hits. ARGV: for how many readers it is asked. Returns the answer, or nothing. An answer that is given is counted;
-- the counter ends with the answer.
local found = redis.call('GET', KEYS[1])
if found then
    if redis.call('INCRBY', KEYS[2], ARGV[1]) == tonumber(ARGV[1]) then
        local left = redis.call('PTTL', KEYS[1])
        if left > 0 then redis.call('PEXPIRE', KEYS[2], left) end
    end
end
return found
