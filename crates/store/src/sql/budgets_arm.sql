-- budgets.arm
-- $1 shop, $2 fence, $3 seconds, $4 campaign, $5 known, $6 write, $7 schedules of the campaign, $8 rules
SELECT to_jsonb(ads_budget_arm($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb))::text
