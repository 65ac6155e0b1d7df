"""WeCom customer service (微信客服): callbacks announce, sync_msg fetches, send_msg answers."""
