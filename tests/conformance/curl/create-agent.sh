curl -X POST "$BASE/agents" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "hello",
    "model": "anthropic/claude-sonnet-4-6",
    "runtime": "claude"
  }'
