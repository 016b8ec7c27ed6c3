# What Doxygen 1.9 reads of a header. It ends `code` at a quote within, but ``code`` only at its end. It takes a period before
# a space for the end of the brief description, even within code, but not the character U+2024, which looks the same.
/\/\/\// {
  count = split($0, parts, "`")
  line = parts[1]
  for (i = 2; i <= count; ++i) {
    is_code = i % 2 == 0 && i < count
    if (is_code) gsub(/\. /, "\342\200\244 ", parts[i])
    quotes = is_code ? "``" : (i < count || count % 2 == 1) ? "" : "`"
    line = line quotes parts[i] (is_code ? "``" : "")
  }
  print line
  next
}
{ print }
