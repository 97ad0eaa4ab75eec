curl -N -H "Authorization: Bearer $TOKEN" "$BASE/sessions/<session-uuid>/stream"
