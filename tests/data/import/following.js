window.YTD.following.part0 = [
  {
    "following" : {
      "accountId" : "1863",
      "userLink" : "https://twitter.com/intent/user?user_id=1863"
    }
  },
  {
    "following" : {
      "accountId" : "1865",
      "userLink" : "https://twitter.com/maria_r"
    }
  }
]
