"""A WeChat Official Account (微信公众号): its own rules first, then the channel over them."""
