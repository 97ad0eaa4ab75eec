curl -X POST "$BASE/sessions" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d "{
    \"agent_id\": \"<agent-uuid>\",
    \"prompt\": \"Print the current date.\",
    \"timeout\": 120
  }"
