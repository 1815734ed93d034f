"""Anomaly detection: learns from photographs of good parts alone, and says where a part looks unlike them."""
