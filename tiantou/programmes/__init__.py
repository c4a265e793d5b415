"""项目 programmes as data over cases."""
