AUTH="Authorization: Bearer $TOKEN"
JSON="Content-Type: application/json"

# Create agent
AGENT_ID=$(curl -s -X POST "$BASE/agents" -H "$AUTH" -H "$JSON" \
  -d '{"name":"demo","model":"anthropic/claude-sonnet-4-6","runtime":"claude"}' \
  | jq -r .id)

# Create session
SESS_ID=$(curl -s -X POST "$BASE/sessions" -H "$AUTH" -H "$JSON" \
  -d "{\"agent_id\":\"$AGENT_ID\",\"prompt\":\"Say hello.\",\"timeout\":120}" \
  | jq -r .id)

# Stream output
curl -N -H "$AUTH" "$BASE/sessions/$SESS_ID/stream"

# Clean up
curl -s -X POST -H "$AUTH" "$BASE/agents/$AGENT_ID/archive"
